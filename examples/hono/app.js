import { Hono } from 'hono';

const web = new Hono();
web.get('/', context => context.text(`hono in ${process.pid}\n`));

export default web;

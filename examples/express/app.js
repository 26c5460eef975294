import express from 'express';

const web = express();
web.get('/', (request, response) => response.send(`express in ${process.pid}\n`));

export default web;

import Koa from 'koa';

const web = new Koa();
web.use(context => {
  context.body = `koa in ${process.pid}\n`;
});

export default web;

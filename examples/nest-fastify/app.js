import { Controller, Get, Injectable, Module, Inject } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

// What the decorators @Injectable(), @Controller(), @Get() and @Module() do, called by hand to need no build step.
class Greeter {
  greet() {
    return `nest-fastify in ${process.pid}\n`;
  }
}
Injectable()(Greeter);

class HelloController {
  constructor(greeter) {
    this.greeter = greeter;
  }
  hello() {
    return this.greeter.greet();
  }
}
Inject(Greeter)(HelloController, undefined, 0);
Get('/')(HelloController.prototype, 'hello', Object.getOwnPropertyDescriptor(HelloController.prototype, 'hello'));
Controller()(HelloController);

// oxlint-disable-next-line typescript/no-extraneous-class -- Nest takes a class for the name of a module.
class HelloModule {}
Module({ controllers: [HelloController], providers: [Greeter] })(HelloModule);

export default async () => NestFactory.create(HelloModule, new FastifyAdapter(), { logger: false });

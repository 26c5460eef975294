/** A boot of three seconds. */
module.exports = class {
  constructor(app) {
    this.app = app;
  }

  async didLoad() {
    await new Promise(resolve => setTimeout(resolve, Number(process.env.BENCH_BOOT ?? 0)));
    this.app.handle((request, response) => response.end(String(process.pid)));
  }
};

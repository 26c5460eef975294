// The world outside, which tests replace.
export class Bank {
  async charge(_customer, _cents) {
    throw new Error('the bank cannot be reached from here');
  }
}

/** A job in threads: each of them answers requests that take their time. */
const isPrime = number => {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return number > 1;
};

export function setup({ messenger, thread }) {
  messenger.handle('prime', number => ({ isPrime: isPrime(number), thread }));
}

export const handle = () => false;

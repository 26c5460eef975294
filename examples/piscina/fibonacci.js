// Runs in a thread of the pool. What it is given and what it returns is copied, as by structuredClone().
const fibonacci = number => (number < 2 ? number : fibonacci(number - 1) + fibonacci(number - 2));

export default fibonacci;

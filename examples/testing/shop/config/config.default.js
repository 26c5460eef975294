export default { currency: 'EUR' };

export default { currency: 'test money' };

// One agent knows the prices; workers ask it.
export default agent => {
  agent.prices = { apple: 30, pear: 40 };
  agent.sold = [];
  agent.messenger.handle('price', fruit => agent.prices[fruit]);
  agent.messenger.on('sold', fruit => {
    agent.sold.push(fruit);
    agent.messenger.sendToApp('stock', { fruit, sold: agent.sold.length });
  });
};

/** The messages that the bench sends: arrays of small records of a wanted size as JSON. */

const record = index => ({ id: 1000 + index, name: `item-${index}`, price: index % 97, ok: index % 3 === 0 });

/** An array of records whose JSON has about `bytes` bytes. */
function bodyOf(bytes) {
  const records = [];
  let size = 2;
  for (let index = 0; size < bytes; index++) {
    const next = record(index);
    const length = JSON.stringify(next).length + 1;
    if (records.length > 0 && size + length > bytes) break;
    records.push(next);
    size += length;
  }
  return records;
}

module.exports = { bodyOf };

/**
 * Names of abstract unix sockets (Linux, unix(7)) that are the same in every Node.js: older ones fill a name up with zeros, newer ones take it
 * as long as it is. One that is full from the start is the same for both.
 */

/** sizeof(sun_path). */
const FULL = 108;

/** The path of `name`, which is ASCII: padded where it is abstract, as it is where it is that of a file. */
export const socketPath = (name: string): string => (name.startsWith('\0') ? name.padEnd(FULL, '\0') : name);

/** The errors of what the operating system is asked for: CPUs, priorities, limits, users, the lock. */
import type { ErrorEntry } from './entry.ts';

export const NATIVE_ERRORS = {
  BROOD_AFFINITY: {
    message: '{name} cannot be bound to the CPUs {cpus}: this process may use only {allowed}',
    hint: "Name CPUs out of these, or write 'auto'. A container or a service is given its CPUs by --cpuset-cpus or AllowedCPUs=.",
    exit: 5,
  },
  BROOD_NICE_DENIED: {
    message: '{name} cannot have nice {nice}: this user may not go below {least}',
    hint: 'Negative values need root, CAP_SYS_NICE or a limit (systemd: LimitNICE=); choose a value from {least} to 19.',
    exit: 5,
  },
  BROOD_LIMIT_DENIED: {
    message: '{name} cannot have the limit {limit} {value}: at most {most} is allowed here',
    hint: 'Raise the hard limit of whoever starts Brood (systemd: LimitNOFILE=, docker: --ulimit), or choose a smaller one.',
    exit: 5,
  },
  BROOD_LOCK: {
    message: 'the lock of this application cannot be taken: {path} {reason}',
    hint: 'It must be a directory, and a file, of the user who starts Brood: look at it, and remove or chown it. Brood makes it anew.',
    exit: 1,
  },
  BROOD_USER_UNKNOWN: { message: 'there is no {what} {name} here', hint: 'Check the name; `getent passwd` and `getent group` list them.', exit: 5 },
  BROOD_PRIVILEGES_KEPT: {
    message: 'the master is still root after it was to run as {user}',
    hint: 'Name a user that is not root. Something in this system, such as a user namespace or a security module, may keep it from changing.',
    exit: 1,
  },
  BROOD_USER_DENIED: {
    message: '{name} cannot run as {user}: only root may change the user',
    hint: 'Start Brood as root, or leave out "user" and "group". A master that has dropped to another user cannot start a type as a third one.',
    exit: 5,
  },
} as const satisfies Record<string, ErrorEntry>;

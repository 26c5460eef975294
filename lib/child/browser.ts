/** Opens an address in the browser of the person at the terminal. */
import { spawn } from 'node:child_process';

/** Programs that hand an address to the browser, with the words before it; none of them is a shell. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
const ELSEWHERE = ['xdg-open'];

/** Resolves with undefined when the browser was asked, else with the reason why it could not be. */
export function openInBrowser(url: string): Promise<string | undefined> {
  const [program = '', ...words] = OPENERS[process.platform] ?? ELSEWHERE;
  return new Promise(resolve => {
    const child = spawn(program, [...words, url], { stdio: 'ignore', detached: true });
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ENOENT' ? `there is no program ${program} here` : error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : `${program} ended with ${signal ?? code}`));
    // A browser that was not open yet may stay below it for as long as it likes.
    child.unref();
  });
}

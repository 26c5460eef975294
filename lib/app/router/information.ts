/** Interim answers (1xx) on their way to the client. */
import type { InformationEvent, ServerResponse } from 'node:http';

/** As node:http takes them: each link by itself, of all other headers the text. */
function hintsOf(rawHeaders: readonly string[]): Record<string, string | string[]> {
  const links: string[] = [];
  const hints: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (name === 'link') links.push(...value.split(/\s*,\s*(?=<)/));
    else hints.push([name, value]);
  }
  return { ...Object.fromEntries(hints), link: links };
}

/** `expected`: the client waits for the word to go on. A client of HTTP/1.0 knows none of them (RFC 9110, section 15.2). */
export function passInformation(response: ServerResponse, { statusCode, rawHeaders }: InformationEvent, expected: boolean): void {
  if (response.req.httpVersionMinor === 0) return;
  try {
    if (statusCode === 100 && expected) response.writeContinue();
    else if (statusCode === 102) response.writeProcessing();
    else if (statusCode === 103) response.writeEarlyHints(hintsOf(rawHeaders));
  } catch {
    // A hint that node:http does not write is no answer that is missed.
  }
}

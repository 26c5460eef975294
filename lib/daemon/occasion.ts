/** Something that comes once, and that others wait for. */
export interface Occasion {
  readonly came: Promise<void>;
  comes(): void;
}

export function occasion(): Occasion {
  let comes = (): void => {};
  const came = new Promise<void>(resolve => (comes = resolve));
  return { came, comes };
}

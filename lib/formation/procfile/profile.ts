/** What a Procfile is read as: by what rules names go, and how much is forgiven. */
import type { RemarkLevel } from '../remark.ts';
import type { NameRule } from './names.ts';

export const PROFILES = ['foreman', 'honcho', 'heroku', 'blueking', 'strict'] as const;
export type Profile = (typeof PROFILES)[number];

export interface ProfileRules {
  /** Of a line that is neither `NAME: command` nor a comment. */
  readonly stray: RemarkLevel;
  /** What names must be beyond what Brood itself asks of them, and how bad it is when they are not. */
  readonly name?: { readonly rule: NameRule; readonly level: RemarkLevel };
  readonly mostProcesses?: number;
}

/** A DNS label (RFC 1123), in the letters that Kubernetes and Heroku write. */
const LABEL = { characters: /[a-z\d-]/, first: /[a-z\d]/, last: /[a-z\d]/, longest: 63, lower: true } as const;

export const HEROKU_NAME: NameRule = { who: 'Heroku', ...LABEL };
export const BLUEKING_NAME: NameRule = { who: 'BlueKing', characters: /[a-z\d-]/, first: /[a-z\d]/, longest: 12, lower: true };
export const BLUEKING_MOST = 16;

export const RULES: Readonly<Record<Profile, ProfileRules>> = {
  foreman: { stray: 'warning' },
  honcho: { stray: 'warning' },
  heroku: { stray: 'error', name: { rule: HEROKU_NAME, level: 'warning' } },
  blueking: { stray: 'error', name: { rule: BLUEKING_NAME, level: 'error' }, mostProcesses: BLUEKING_MOST },
  strict: { stray: 'error', name: { rule: { who: 'DNS', ...LABEL }, level: 'error' } },
};

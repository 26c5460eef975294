/** What the command line says of a formation, and what a formation is when its files have been read. */
import type { AppDescription } from '../formation/app-desc/types.ts';
import type { Profile } from '../formation/procfile/profile.ts';
import type { Remark } from '../formation/remark.ts';
import type { LoadedConfig } from './config-file.ts';

export interface FormationInput {
  /** A Procfile by another name, or elsewhere. Default: the one of the directory. */
  readonly file?: string | undefined;
  readonly profile?: Profile | undefined;
  readonly lenient?: boolean | undefined;
  /** The module of an app_desc.yaml. Default: its default one. */
  readonly module?: string | undefined;
  /** Files of variables, the last one first. Default: `.env`, where there is one. */
  readonly envFiles?: readonly string[] | undefined;
  /** `${NAME}` in them stands for a value. Default: false. */
  readonly expandEnv?: boolean | undefined;
  /** `all=1,web=2`. Default: one of each, or what the file says. */
  readonly counts?: string | undefined;
  /** These types alone. */
  readonly only?: readonly string[] | undefined;
  /** All types but these. */
  readonly except?: readonly string[] | undefined;
  /** Types that there have been since the start: of one that is named and is there no more nothing is wanted. */
  readonly known?: readonly string[] | undefined;
  /** Most instances of a type. Default: 5. */
  readonly maxInstances?: number | undefined;
  /** Types that are entries, and how: `web`, `api=tcp`, `app=socket`. Default: `web`. */
  readonly entries?: readonly string[] | undefined;
  readonly portPerInstance?: boolean | undefined;
  /** Milliseconds until who is told to end is killed. Default: 5000. */
  readonly grace?: number | undefined;
  /** Somebody sits before it: what ends is not started again, and a failure is the end of all. Default: false. */
  readonly attended?: boolean | undefined;
}

/** What is run once before everything else, and where. */
export interface ReleaseCommand {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Formation {
  readonly loaded: LoadedConfig;
  /** The command that is to be run before everything else, when that is wanted. */
  readonly release: ReleaseCommand | undefined;
  /** PORT of the first type. */
  readonly port: number;
  /** The application has nothing else: no cluster, whatever is in its directory. */
  readonly bare: boolean;
  /** The description that it comes from, and the module of it that was named: for who hands on what is not used here. */
  readonly described?: { readonly description: AppDescription; readonly module: string | undefined } | undefined;
  /** What is to be said of the files, and did not stop it. */
  readonly remarks: readonly Remark[];
}

/** What an application can be exported as. */
import { composeFile } from './compose.ts';
import { kubernetesObjects } from './kubernetes.ts';
import type { Exported, ExportedApp } from './model.ts';
import { procfile } from './procfile.ts';
import { supervisordPrograms } from './supervisord.ts';
import { systemdUnits } from './systemd-processes.ts';

export interface Format {
  readonly write: (app: ExportedApp) => Exported;
  /** `host`: this machine runs it; `image`: a container does; `checkout`: whoever has the directory does. */
  readonly runsIn: 'host' | 'image' | 'checkout';
  /** The commands that follow. */
  readonly next: (written: Written) => readonly string[];
}

/** Paths as words of a shell. */
export interface Written {
  readonly directory: string;
  readonly files: readonly string[];
  /** Of the application. */
  readonly baseDir: string;
}

const ending = (files: readonly string[], tail: string): readonly string[] => files.filter(name => name.endsWith(tail));

/** In the order in which Kubernetes is to have them. */
const applied = ({ directory, files }: Written): readonly string[] =>
  files.flatMap(name => {
    const path = `${directory}/${name}`;
    if (!name.endsWith('-release.yaml')) return [`kubectl apply -f ${path}`];
    return [`kubectl replace --force -f ${path} && kubectl wait --for=condition=complete --timeout=15m -f ${path}`];
  });

export const FORMATS: Readonly<Record<string, Format>> = {
  systemd: {
    write: systemdUnits,
    runsIn: 'host',
    next: ({ directory, files }) => [
      `sudo cp ${files.map(name => `${directory}/${name}`).join(' ')} /etc/systemd/system/`,
      `sudo systemctl daemon-reload && sudo systemctl enable --now ${ending(files, '.target').join(' ')}`,
    ],
  },
  supervisord: {
    write: supervisordPrograms,
    runsIn: 'host',
    next: ({ directory, files }) => [`sudo cp ${files.map(name => `${directory}/${name}`).join(' ')} /etc/supervisor/conf.d/`, 'sudo supervisorctl update'],
  },
  compose: { write: composeFile, runsIn: 'image', next: ({ directory }) => [`docker compose -f ${directory}/compose.yaml up -d`] },
  kubernetes: { write: kubernetesObjects, runsIn: 'image', next: applied },
  procfile: { write: procfile, runsIn: 'checkout', next: ({ directory, baseDir }) => [`foreman start -f ${directory}/Procfile -d ${baseDir}`] },
};

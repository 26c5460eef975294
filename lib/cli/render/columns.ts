/** The columns that `brood ps` and `brood top` show of a row. */
import type { Cell, Column } from './table.ts';
import { restartsOf } from './rows.ts';
import type { Row } from './rows.ts';
import { brief, percent, rate, size, span } from './units.ts';

type Figure = 'pid' | 'generation' | 'cpu' | 'memory' | 'eventLoopDelay' | 'requestsPerSecond' | 'p99' | 'connections' | 'requests';

/** A figure, or a dash for what is not known. */
const figure =
  (key: Figure, write: (value: number) => string) =>
  ({ instance }: Row): string => {
    const value = (instance as Partial<Record<Figure, number>> | undefined)?.[key];
    return value === undefined ? '-' : write(value);
  };

const readiness = ({ instance }: Row): Cell | string =>
  instance === undefined || instance.state === 'spare' ? '-' : instance.ready ? 'yes' : { text: 'no', style: 'yellow' };

const right = (title: string, importance: number, cell: Column<Row>['cell']): Column<Row> => ({ title, importance, cell, align: 'right' });
const left = (title: string, importance: number, cell: Column<Row>['cell'], least?: number): Column<Row> => ({
  title,
  importance,
  cell,
  ...(least === undefined ? {} : { least }),
});

export const NAME = left('NAME', 100, ({ name, state }) => (state === 'stopped' ? { text: name, style: 'dim' } : { text: name, style: 'bold' }), 8);
export const STATE = left('STATE', 95, ({ state, style }) => ({ text: state, style }));
export const READY = left('READY', 50, readiness);
export const UP = left('UP', 80, ({ instance }) => (instance === undefined ? '-' : span(instance.uptime)));
export const RESTARTS = left('RESTARTS', 59, restartsOf, 8);
export const CPU = right('CPU', 75, figure('cpu', percent));
export const MEMORY = right('MEM', 74, figure('memory', size));
export const RATE = right('RPS', 45, figure('requestsPerSecond', rate));
export const P99 = right('p99', 40, figure('p99', brief));
export const LOOP = right('LOOP', 35, figure('eventLoopDelay', brief));
export const CONNECTIONS = right('CONN', 30, figure('connections', String));
export const REQUESTS = right('REQUESTS', 20, figure('requests', String));
export const PID = right('PID', 65, figure('pid', String));
export const GENERATION = right('GEN', 25, figure('generation', String));
export const NOTE = left('', 60, ({ note, shortNote = note, style }) => ({ text: note, short: shortNote, style }), 6);

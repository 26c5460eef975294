/** Where the ports of a formation begin. */
import { BASE_PORT } from '../formation/from-procfile.ts';
import { portIn } from '../policy/port-variable.ts';

/** PORT of its .env files, else of the shell. */
export const basePortOf = (variables: Readonly<Record<string, string>>): number => portIn(variables['PORT']) ?? portIn(process.env['PORT']) ?? BASE_PORT;

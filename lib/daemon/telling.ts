/** Tells what happens to the instances: whoever listens at the control socket, and whoever waits for the start. */
import { unprovenText } from '../cluster/narrate.ts';
import { systemLine } from '../policy/log-line.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { ControlEvent } from './api.ts';
import type { EventBus } from './event-bus.ts';
import { deathStatus } from './history.ts';
import type { View } from './view.ts';

export interface Ears {
  readonly events: EventBus;
  readonly view: View;
  readonly onEvent?: ((event: ControlEvent) => void) | undefined;
}

export function tellOf(supervisor: Supervisor, { events, view, onEvent }: Ears): void {
  const publish = (event: ControlEvent): void => {
    events.publish(event);
    onEvent?.(event);
  };
  supervisor.on('change', instance => {
    if (onEvent !== undefined || events.wants('instance')) publish({ kind: 'instance', instance: view.instance(instance) });
  });
  // Whoever waits for the start reads no log; listeners at the control socket have the line of it.
  supervisor.on('unproven', (instance, detail) => {
    const now = Date.now();
    onEvent?.({ kind: 'log', line: systemLine(unprovenText(instance, detail, now), now) });
  });
  supervisor.on('death', death => publish({ kind: 'death', death: deathStatus(death) }));
}

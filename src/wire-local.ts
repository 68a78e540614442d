/** The terminal's door, with what it needs of the engine. */
import { randomUUID } from 'node:crypto';
import type { Catalog } from './core/service.ts';
import type { Port } from './engine/port.ts';
import { createRehearsal, type RehearseParts } from './engine/rehearse.ts';
import type { Clock } from './lib/clock.ts';
import type { Log } from './lib/log.ts';
import { createOperatorDesk } from './local/operators.ts';
import { placeOf } from './local/place.ts';
import { createService } from './local/serve.ts';
import { createLocalDoor, type LocalDoor } from './local/socket.ts';
import type { DeedParts } from './steps/rollback-parts.ts';
import type { Store } from './store/store.ts';

export interface TerminalParts {
  /** Path of the database; the socket is beside it. */
  readonly database: string;
  readonly port: Port;
  readonly store: Store;
  readonly context: RehearseParts['context'];
  readonly deedParts: DeedParts;
  catalog(): Pick<Catalog, 'services' | 'operators'>;
  readonly clock: Clock;
  readonly log: Log;
}

export function openTerminalDoor({ database, port, store, context, deedParts, catalog, clock, log }: TerminalParts): LocalDoor {
  const operators = () => catalog().operators;
  const healthOf = (service: string) => catalog().services.find(({ name }) => name === service)?.health;
  // The deed weighs some megabytes of libraries and is loaded with Slack's; a rehearsal is rare.
  const plan: RehearseParts['plan'] = async (ask) => (await import('./steps/rollback-deed.ts')).createDeed(deedParts).plan(ask);
  const rehearsal = createRehearsal({ clock, context, openIncidents: port.openIncidents, lastNumber: () => store.lastNumber(), plan });
  const desk = createOperatorDesk({ operators, clock });
  const answer = createService({ engine: port, rehearsal, desk, operators, healthOf, clock, log, newKey: randomUUID });
  return createLocalDoor({ place: placeOf(database), log, answer });
}

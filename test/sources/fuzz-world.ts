/** What the parsers are told of the world: a service in a repository, so that what GitHub sends concerns somebody. */
import { service } from '../core/given.ts';
import { catalog, NOW } from '../http/serve.ts';
import type { FuzzWorld } from './fuzz.ts';

const deploys = { ...service.rollback, strategies: [{ use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } }] };
export const world: FuzzWorld = { now: NOW, catalog: { ...catalog, services: [{ ...service, rollback: deploys }] } };

/** A real Alertmanager beside us, where one is installed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, type ChildOptions, freePort, start } from './child.ts';

/** Debian's package `prometheus-alertmanager`. */
const BINARY = '/usr/bin/prometheus-alertmanager';
export const NO_ALERTMANAGER = `no ${BINARY} here; it is left out`;
export const hasAlertmanager = (): boolean => existsSync(BINARY);

export interface Alertmanager {
  readonly port: number;
  /** Begins, or begins again, with the same folder; resolves when it listens. */
  start(options?: ChildOptions): Promise<Child>;
  close(): void;
}

export async function openAlertmanager(): Promise<Alertmanager> {
  const dir = mkdtempSync(join(tmpdir(), 'tagback-bench-'));
  const [file, port] = [join(dir, 'alertmanager.yml'), await freePort()];
  writeFileSync(file, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  return {
    port,
    async start(options) {
      const child = start(
        [BINARY, `--config.file=${file}`, `--storage.path=${dir}`, `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='],
        options,
      );
      await child.said('Listening on');
      return child;
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export const API_PATH = '/api/v2/alerts';

/** One operator's terminal against the whole program, by a clock the test moves. */
import { placeOf } from '../../src/local/place.ts';
import { agree, command, requestRollback, status } from '../../src/local/terminal.ts';
import { openWorld, type World, type WorldOptions } from '../flows/world.ts';
import { type Member, OPERATORS } from './operators.ts';
import { terminalOf } from './terminal.ts';

/** The world with its operators, and a terminal for each. */
export async function scene({ operators = (text) => text, ...options }: WorldOptions & { operators?: (text: string) => string } = {}) {
  const services = options.services ?? ((text: string) => text);
  const world = await openWorld({ ...options, services: (text) => `${services(text)}\n${operators(OPERATORS)}` });
  return { world, as: (member: Member) => seat(world, member) };
}

/** One operator's terminal; each command gives its exit code and what was printed meanwhile. */
function seat(world: World, member: Member) {
  const place = placeOf((world.stage.env.DATABASE_URL ?? '').replace('sqlite:', ''));
  const run = async (act: (terminal: ReturnType<typeof terminalOf>['terminal']) => Promise<number>) => {
    const { terminal, said } = terminalOf({ place, token: member.token, wait: (ms) => world.pass(ms), now: () => world.clock.now() });
    const exit = await act(terminal);
    return { exit, said: said() };
  };
  const at = { incident: 'INC-1', rollback: 'rb1' };
  return {
    asks: (over: Partial<Parameters<typeof requestRollback>[1]> = {}) =>
      run((terminal) =>
        requestRollback(terminal, { service: 'checkout-api', tag: 'v2.13.2', reason: 'errors since v2.14.0', dryRun: false, watch: false, ...over }),
      ),
    approves: (reason?: string, watch = false) => run((terminal) => agree(terminal, at, { glass: false, reason, watch })),
    breaksGlass: (reason?: string) => run((terminal) => agree(terminal, at, { glass: true, reason, watch: true })),
    orders: (wanted: Parameters<typeof command>[2]['wanted'], watch = false) => run((terminal) => command(terminal, 'INC-1', { wanted, watch })),
    looks: (of: Partial<typeof at> = at, watch = false) => run((terminal) => status(terminal, { ...of, watch })),
  };
}

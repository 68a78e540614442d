/** The demo's joint: the sandbox asks for a program, this builds the real one. */
import { describeProblems, readConfig } from './config.ts';
import { writePostmortem } from './engine/port.ts';
import { realClock } from './lib/clock.ts';
import { Failure } from './lib/failure.ts';
import { createLog } from './lib/log.ts';
import { drawGraph, type StepMark } from './playbook/graph.ts';
import { type DemoProgram, type DemoResults, runDemo } from './sandbox/demo/run.ts';
import { sceneOf } from './sandbox/demo/scenes.ts';
import { buildProgram, type Program } from './wire.ts';

/** Rejects with E_ARGS when there is no such scene. */
export async function demo({ scene, ...options }: { exit: boolean; outDir: string; port: number; scene: string }): Promise<number> {
  return runDemo({ ...options, scene: sceneOf(scene), clock: realClock, start, write: (text) => void process.stdout.write(text) });
}

async function start(env: Readonly<Record<string, string>>, destination: NodeJS.WritableStream): Promise<DemoProgram> {
  const read = readConfig(env);
  if (!read.ok) throw new Failure('E_CONFIG', describeProblems(read.problems));
  const program = await buildProgram({ ...read.config, port: 0 }, { log: createLog({ level: 'debug', secrets: read.config.secrets, destination }) });
  const { url } = await program.start();
  return { url, idle: program.idle, stop: program.stop, results: (id) => resultsOf(program, id) };
}

async function resultsOf(program: Program, id: string): Promise<DemoResults> {
  const [incident, timeline, chart, record] = await Promise.all([
    program.port.incident(id),
    program.port.timeline(id),
    program.chart(id),
    program.port.chainEnd(id),
  ]);
  if (!incident) throw new Failure('E_UNKNOWN_INCIDENT', `${id} is not there`);
  const states = Object.fromEntries(Object.entries(incident.steps).map(([step, { state }]) => [step, state satisfies StepMark]));
  return {
    verdict: incident.verdict?.kind,
    phase: incident.phase,
    postmortem: writePostmortem(incident, timeline, { record, chart: chart && { url: 'chart.png', alt: chart.alt } }),
    playbookSvg: incident.playbook ? drawGraph(incident.playbook, states) : '',
    timeline,
    chart: chart?.png,
  };
}

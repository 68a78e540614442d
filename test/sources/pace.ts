/**
 * Time as the processor spends it on this thread, and how fast the machine is at this moment: limits are for a quiet one, and a busy one, whose
 * cores and caches others share, must not make a good parser look bad.
 */
/** On 2 cores with nothing else running. */
const QUIET_MS = 63;
const TIMES = 100;

const DOCUMENT = JSON.stringify(Array.from({ length: 300 }, (_, n) => ({ n, url: `https://x.example/${n}?q=${n}`, text: 'the quick brown fox '.repeat(5) })));

/** Since it was made, in ms; waiting for others does not count. The system counts in steps of some ms. */
export function stopwatch(): () => number {
  const begin = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(begin);
    return (user + system) / 1_000;
  };
}

/** 1: as fast as that machine or faster; 3: a third of it. */
export function slowness(): number {
  const spent = stopwatch();
  for (let time = 0; time < TIMES; time++) work();
  return Math.max(1, spent() / QUIET_MS);
}

/** A bit of everything that parsers do. */
function work(): void {
  for (const { url, text } of JSON.parse(DOCUMENT)) {
    URL.parse(url);
    text.replace(/\b(?:fox|quick)\b/g, '');
  }
}

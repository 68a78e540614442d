/** The shop's replicas: all of them run what was deployed, except those that no deploy reaches. */
const REPLICAS = 3;

export interface Fleet {
  /** What replica 1…3 runs. */
  release(replica: number): string;
  /** What the replicas that no deploy reaches run. */
  readonly kept: string;
  /** Share of the requests that is answered by the others, 0…1. */
  reached(): number;
  /** Every replica runs what was deployed, and the next deploy reaches all. */
  restart(): void;
}

/** The last `stuck` replicas keep what is deployed when the fleet is made. */
export function createFleet(deployed: () => string, stuck: number): Fleet {
  const kept = deployed();
  let reached = REPLICAS - stuck;
  return {
    kept,
    release: (replica) => (replica <= reached ? deployed() : kept),
    reached: () => reached / REPLICAS,
    restart() {
      reached = REPLICAS;
    },
  };
}

/** A deployer outside of GitHub, as Argo CD or Spinnaker are: it hears of every deployment that is ordered, says how it goes, and brings the release. */
import type { Clock } from '../../lib/clock.ts';
import type { Deployment, DeploymentState, OrderedDeployments } from './deployments.ts';
import type { Outcome, Timing } from './runs.ts';

export interface DeployerOptions {
  readonly clock: Clock;
  readonly deployments: OrderedDeployments;
  readonly timing: Timing;
  readonly outcome: (tag: string) => Outcome;
  /** Production runs the tag from now on. */
  readonly onDeployed: (tag: string, at: number) => void;
}

export const DEPLOYER = 'acme-deployer[bot]';

/** Called with each new deployment. */
export function createDeployer(options: DeployerOptions): (deployment: Deployment) => void {
  const { clock, deployments, timing, outcome, onDeployed } = options;
  const say = ({ id, environment }: Deployment, state: DeploymentState, description: string): void => {
    deployments.report(id, { state, description, creator: DEPLOYER, environment, environmentUrl: '', logUrl: `/deployments/${id}` });
  };
  return (deployment) => {
    const { tag } = deployment;
    const started = deployment.createdAt + timing.queuedMs;
    const landed = started + timing.buildMs + timing.deployMs;
    const isGood = tag !== undefined && outcome(tag) === 'success';
    clock.at(started, () => say(deployment, 'in_progress', `Bringing ${deployment.ref} to ${deployment.environment}`));
    clock.at(landed, () => {
      if (!isGood) return say(deployment, 'failure', tag === undefined ? `No release at ${deployment.sha.slice(0, 7)}` : `Pods of ${tag} did not become ready`);
      if (deployment.isProduction) onDeployed(tag, landed);
      say(deployment, 'success', `${deployment.environment} runs ${tag}`);
    });
  };
}

import { describe, expect, it } from 'vitest';
import { ada, grace, guest, MINUTE, plan, Story, service, signal, T0 } from './given.ts';

describe('an incident opens', () => {
  it('wants the channel before anything else, and a lead in time', () => {
    const story = new Story();
    expect(story.kinds()).toEqual(['opened', 'alerted']);
    expect(story.keys()[0]).toBe('openChannel');
    expect(story.last.effects.find(({ key }) => key === 'wake:noLead')?.due).toBe(T0 + 5 * MINUTE);
  });

  it('shows the card first when the channel is there, and starts the playbook', () => {
    const story = new Story().withChannel();
    expect(story.keys()[0]).toBe('show:card');
    expect(story.kinds()).toEqual(['channelOpened', 'playbookStarted', 'stepStarted']);
    expect(story.incident.current).toBe('collect');
    expect(story.keys()).toEqual(
      expect.arrayContaining(['dress:invite', 'dress:topic', 'dress:bookmarks', 'show:step:collect:1', 'wake:stepOverdue:collect:1']),
    );
  });

  it('takes a second channel for none: the first one stays', () => {
    const story = new Story().withChannel().when({ kind: 'channelOpened', channel: { id: 'C2', name: 'inc-1-2' } });
    expect(story.kinds()).toEqual([]);
    expect(story.incident.channel?.id).toBe('C1');
  });
});

describe('alerts', () => {
  it('a repeated firing changes nothing', () => {
    const story = new Story().withChannel().when({ kind: 'signal', signal: signal({ at: T0 + 1 }), because: 'same alert' });
    expect(story.last).toMatchObject({ events: [], effects: [], cancel: [] });
  });

  it('a second alert of the service joins with a line of its own', () => {
    const story = new Story().withChannel().when({ kind: 'signal', signal: signal({ fingerprint: 'f2' }), because: 'same service' });
    expect(story.kinds()).toEqual(['alerted']);
    expect(story.keys()).toContain(`show:line:${story.incident.version - 1}`);
  });

  it('close an incident nobody ever touched, after it stayed quiet', () => {
    const story = new Story().withChannel().when({ kind: 'signal', signal: signal({ state: 'resolved', at: T0 + 1 }), because: 'cleared' });
    const wake = story.last.effects.find(({ key }) => key === 'wake:quiet');
    expect(wake?.due).toBe(story.now + service.resolveAfterMs);
    story.when({ kind: 'timer', timer: { name: 'quiet' } }, service.resolveAfterMs);
    expect(story.incident.phase).toBe('resolved');
    expect(story.last.cancel).toContain('wake:noLead');
  });

  it('never close an incident where people are active', () => {
    const story = new Story().withChannel().does(ada, { kind: 'acknowledge' });
    story
      .when({ kind: 'signal', signal: signal({ state: 'resolved', at: T0 + 1 }), because: 'cleared' })
      .when({ kind: 'timer', timer: { name: 'quiet' } }, 60 * MINUTE);
    expect(story.incident.phase).toBe('open');
  });

  it('a new firing takes the closing back', () => {
    const story = new Story().withChannel().when({ kind: 'signal', signal: signal({ state: 'resolved', at: T0 + 1 }), because: 'cleared' });
    story.when({ kind: 'signal', signal: signal({ at: T0 + 2 }), because: 'same alert' });
    expect(story.last.cancel).toContain('wake:quiet');
  });
});

describe('people', () => {
  it('the first to acknowledge leads; the second is told who does', () => {
    const story = new Story().withChannel().does(ada, { kind: 'acknowledge' });
    expect(story.incident.roles.lead?.name).toBe('Ada');
    expect(story.last.cancel).toContain('wake:noLead');
    story.does(grace, { kind: 'acknowledge' });
    expect(story.kinds()).toEqual([]);
    expect(story.last.reply?.text).toContain('Ada leads');
  });

  it('guests may bring what they saw, and decide nothing', () => {
    const story = new Story()
      .withChannel()
      .does(guest, { kind: 'addEvidence', items: [{ kind: 'url', url: 'https://shop.example/x', by: 'U0GUEST', at: T0 }] });
    expect(story.kinds()).toContain('evidenceAdded');
    for (const command of [
      { kind: 'acknowledge' },
      { kind: 'resolve', summary: '' },
      { kind: 'requestRollback', tag: undefined, reason: 'x', step: undefined },
    ] as const) {
      story.does(guest, command);
      expect(story.last).toMatchObject({ events: [], reply: { ok: false, code: 'E_NOT_ALLOWED' } });
    }
  });

  it('nobody leads: it is said once the time is over, and not when somebody does', () => {
    expect(
      new Story()
        .withChannel()
        .when({ kind: 'timer', timer: { name: 'noLead' } })
        .kinds(),
    ).toEqual(['noted']);
    expect(
      new Story()
        .withChannel()
        .does(ada, { kind: 'acknowledge' })
        .when({ kind: 'timer', timer: { name: 'noLead' } })
        .kinds(),
    ).toEqual([]);
  });

  it('a resolved incident takes nothing but a note or reopening', () => {
    const story = new Story().withChannel().does(ada, { kind: 'resolve', summary: 'fixed' });
    expect(story.keys()).toEqual(expect.arrayContaining(['show:postmortem', 'show:card', 'show:chart']));
    expect(story.does(ada, { kind: 'setSeverity', severity: 'sev1' }).last.reply?.code).toBe('E_NOT_NOW');
    expect(story.does(ada, { kind: 'reopen', reason: 'again' }).incident.phase).toBe('open');
  });
});

describe('steps', () => {
  const url = { kind: 'url', url: 'https://shop.example/cart', by: 'U0ADA', at: T0 } as const;
  const shot = { kind: 'screenshot', fileId: 'F1', name: 'x.png', permalink: undefined, by: 'U0ADA', at: T0 } as const;

  it('collecting cannot be ticked before the evidence is there, and says what is missing', () => {
    const story = new Story().withChannel().does(ada, { kind: 'answerStep', step: 'collect', run: 1, choice: undefined, items: [url] });
    expect(story.last.reply).toMatchObject({ ok: false, code: 'E_EVIDENCE', text: 'Still needed: 1 screenshot.' });
    expect(story.incident.current).toBe('collect');
    story.does(ada, { kind: 'answerStep', step: 'collect', run: 1, choice: undefined, items: [shot] });
    expect(story.incident.steps.collect).toMatchObject({ state: 'done', data: { urls: 1, screenshots: 1 } });
    expect(story.incident.current).toBe('logs');
    expect(story.keys()).toContain('run:logs:1');
  });

  it('a choice leads where the playbook says, and asks for the rollback in the name of who chose', () => {
    const story = new Story().withChannel();
    story.does(ada, { kind: 'skipStep', step: 'collect', run: 1, reason: 'known' });
    story.when({ kind: 'stepEnded', step: 'logs', run: 1, ending: { kind: 'done', outcome: 'done', say: '1 group', data: { new_errors: 1 } } });
    story.does(ada, { kind: 'answerStep', step: 'choose', run: 1, choice: 'yes', items: [] });
    expect(story.incident.current).toBe('back');
    expect(story.incident.rollbacks.rb1).toMatchObject({ stage: 'planning', step: 'back', by: { slackId: 'U0ADA' } });
    expect(story.keys()).toContain('rollback:rb1:plan');
  });

  it('a late result of a step that is over changes nothing', () => {
    const story = new Story()
      .withChannel()
      .does(ada, { kind: 'skipStep', step: 'collect', run: 1, reason: '' })
      .does(ada, { kind: 'skipStep', step: 'logs', run: 1, reason: '' });
    story.when({ kind: 'stepEnded', step: 'logs', run: 1, ending: { kind: 'done', outcome: 'done', say: '', data: {} } });
    expect(story.kinds()).toEqual([]);
  });

  it('a failed step waits for people; they may try again or skip it', () => {
    const story = new Story().withChannel().does(ada, { kind: 'skipStep', step: 'collect', run: 1, reason: '' });
    story.when({ kind: 'stepEnded', step: 'logs', run: 1, ending: { kind: 'failed', code: 'E_LOGS', say: 'Loki is away' } });
    expect(story.incident.current).toBeUndefined();
    story.does(ada, { kind: 'retryStep', step: 'logs' });
    expect(story.incident.steps.logs).toMatchObject({ state: 'active', run: 2 });
    story
      .when({ kind: 'stepEnded', step: 'logs', run: 2, ending: { kind: 'failed', code: 'E_LOGS', say: 'still' } })
      .does(ada, { kind: 'skipStep', step: 'logs', run: 2, reason: 'no logs' });
    expect(story.incident.current).toBe('choose');
  });

  it('an effect that can never work reaches the timeline and ends its step', () => {
    const story = new Story().withChannel().does(ada, { kind: 'skipStep', step: 'collect', run: 1, reason: '' });
    story.when({ kind: 'effectFailed', effect: { kind: 'runStep', step: 'logs', run: 1, key: 'run:logs:1', due: T0 }, code: 'E_LOGS', text: 'no such host' });
    expect(story.kinds()).toEqual(['troubled', 'stepEnded']);
  });

  it('tells people in the channel once, and other channels in their own message', () => {
    const story = new Story().withChannel();
    story.does(ada, { kind: 'skipStep', step: 'collect', run: 1, reason: '' }).does(ada, { kind: 'skipStep', step: 'logs', run: 1, reason: '' });
    story.does(ada, { kind: 'answerStep', step: 'choose', run: 1, choice: 'no', items: [] });
    story.when({ kind: 'stepEnded', step: 'tell', run: 1, ending: { kind: 'done', outcome: 'done', say: 'told 2', data: {} } });
    expect(story.keys()).toEqual(expect.arrayContaining(['show:notify:tell:1', 'show:notify:tell:1:C0OPS']));
    expect(story.kinds()).toContain('playbookEnded');
  });
});

describe('rollback', () => {
  it('asked for out of turn, it runs as the playbook’s own rollback step, so that a verification follows', () => {
    const story = new Story().asking();
    expect(story.incident.current).toBe('back');
    expect(story.incident.steps.collect?.state).toBe('skipped');
    expect(story.incident.rollbacks.rb1).toMatchObject({ stage: 'asking', expiresAt: story.now + 10 * MINUTE });
  });

  it('runs under the built-in playbook when the service’s has no rollback step', () => {
    const story = new Story({ playbook: undefined }).asking();
    expect(story.incident.playbook?.name).toBe('bare-rollback');
    story.does(grace, { kind: 'approveRollback', rollback: 'rb1' });
    story.sent().when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'ok' });
    expect(story.keys()).toContain('run:verify:1');
  });

  const refusals: [string, (story: Story) => Story, string][] = [
    ['the person who asked', (s) => s.does(ada, { kind: 'approveRollback', rollback: 'rb1' }), 'E_NOT_ALLOWED'],
    ['a guest', (s) => s.does({ ...guest, groups: ['S0APPROVE'] }, { kind: 'approveRollback', rollback: 'rb1' }), 'E_NOT_ALLOWED'],
    ['a bot', (s) => s.does({ ...grace, rank: 'bot' }, { kind: 'approveRollback', rollback: 'rb1' }), 'E_NOT_ALLOWED'],
    ['somebody of another workspace', (s) => s.does({ ...grace, rank: 'foreign' }, { kind: 'approveRollback', rollback: 'rb1' }), 'E_NOT_ALLOWED'],
    ['somebody outside the group', (s) => s.does({ ...grace, groups: [] }, { kind: 'approveRollback', rollback: 'rb1' }), 'E_NOT_ALLOWED'],
    ['anybody after it expired', (s) => s.does(grace, { kind: 'approveRollback', rollback: 'rb1' }, 10 * MINUTE), 'E_EXPIRED'],
    ['anybody for an unknown one', (s) => s.does(grace, { kind: 'approveRollback', rollback: 'rb9' }), 'E_NOT_NOW'],
  ];
  it.each(refusals)('cannot be approved by %s', (_, act, code) => {
    const story = act(new Story().asking());
    expect(story.last).toMatchObject({ events: [], effects: [], reply: { ok: false, code } });
  });

  it('goes out once, when the approvals are complete', () => {
    const two = { ...plan, approve: { ...plan.approve, require: 2 } };
    const story = new Story().withChannel().does(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason: 'x', step: undefined });
    story.when({ kind: 'rollbackPlanned', id: 'rb1', plan: two }).does(grace, { kind: 'approveRollback', rollback: 'rb1' });
    expect(story.keys()).not.toContain('rollback:rb1:apply');
    expect(story.does(grace, { kind: 'approveRollback', rollback: 'rb1' }).last.reply?.text).toContain('already');
    story.does({ ...grace, slackId: 'U0LIN', name: 'Lin' }, { kind: 'approveRollback', rollback: 'rb1' });
    expect(story.keys()).toContain('rollback:rb1:apply');
    expect(story.does({ ...grace, slackId: 'U0KAY', name: 'Kay' }, { kind: 'approveRollback', rollback: 'rb1' }).keys()).not.toContain('rollback:rb1:apply');
  });

  it('cannot be taken back once it is on its way', () => {
    const story = new Story().asking().does(grace, { kind: 'approveRollback', rollback: 'rb1' });
    story.when({ kind: 'rollbackSending', id: 'rb1' }).does(ada, { kind: 'cancelRollback', rollback: 'rb1' });
    expect(story.last.reply).toMatchObject({ ok: false, code: 'E_NOT_NOW' });
    expect(story.does(ada, { kind: 'resolve', summary: '' }).last.reply?.code).toBe('E_NOT_NOW');
  });

  it('declined: nothing was sent, and the playbook goes where it says', () => {
    const story = new Story().asking().does(grace, { kind: 'declineRollback', rollback: 'rb1', reason: 'a migration' });
    expect(story.incident.rollbacks.rb1?.stage).toBe('declined');
    expect(story.incident.current).toBe('tell');
    expect(story.last.cancel).toContain('wake:approvalExpires:rb1');
  });

  it('expires by itself, and an old timer does not end a newer state', () => {
    expect(new Story().asking().when({ kind: 'timer', timer: { name: 'approvalExpires', rollback: 'rb1' } }, 10 * MINUTE).incident.rollbacks.rb1?.stage).toBe(
      'expired',
    );
    const sent = new Story()
      .asking()
      .does(grace, { kind: 'approveRollback', rollback: 'rb1' })
      .when({ kind: 'timer', timer: { name: 'approvalExpires', rollback: 'rb1' } }, 10 * MINUTE);
    expect(sent.incident.rollbacks.rb1?.stage).toBe('applying');
  });

  it('a second one cannot start while one is under way', () => {
    const story = new Story().asking().does(grace, { kind: 'requestRollback', tag: undefined, reason: 'me too', step: undefined });
    expect(story.last.reply?.code).toBe('E_BUSY');
  });

  it('done: verified, and recovered means mitigated', () => {
    const story = new Story().asking().does(grace, { kind: 'approveRollback', rollback: 'rb1' });
    story.sent();
    expect(story.keys()).toContain('rollback:rb1:track');
    story.when({ kind: 'rollbackMoved', id: 'rb1', status: 'in_progress', job: 'deploy' });
    expect(story.when({ kind: 'rollbackMoved', id: 'rb1', status: 'in_progress', job: 'deploy' }).kinds()).toEqual([]);
    story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'run ok' });
    const verdict = { kind: 'recovered', at: story.now, because: '0.4 %', baseline: 0.004, during: 0.08, after: 0.004, runs: 'v2.13.2' } as const;
    story.when({ kind: 'stepEnded', step: 'verify', run: 1, ending: { kind: 'done', outcome: 'recovered', say: 'recovered', data: {}, verdict } });
    expect(story.kinds()).toEqual(['verdictReached', 'mitigated', 'stepEnded', 'playbookEnded']);
    expect(story.incident.phase).toBe('mitigated');
  });

  it('an unknown end is told and never sent again by itself', () => {
    const story = new Story().asking().does(grace, { kind: 'approveRollback', rollback: 'rb1' });
    story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'unknown', code: 'E_UNCLEAR', because: 'no answer' });
    expect(story.incident.rollbacks.rb1?.stage).toBe('unknown');
    expect(story.keys().filter((key) => key.includes(':apply'))).toEqual([]);
    expect(story.incident.current).toBe('tell');
  });
});

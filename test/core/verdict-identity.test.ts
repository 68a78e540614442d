import { describe, expect, it } from 'vitest';
import { identityOf, isRelease, readVersion } from '../../src/core/version.ts';

const target = { tag: 'v2.13.2', sha: 'abcdef0123456789abcdef0123456789abcdef01' };

describe('which release an answer names', () => {
  it.each(['v2.13.2', '2.13.2', target.sha, target.sha.toUpperCase(), 'abcdef0', 'abcdef012345'])('%s is the target', (answer) => {
    expect(isRelease(answer, target)).toBe(true);
  });
  it.each(['v2.13.20', 'v2.13', 'V2.13.2', 'vv2.13.2', 'abcdef', 'abcdef1', `${target.sha}0`, 'main', 'latest', '13.2', 'v'])('%s is not', (answer) => {
    expect(isRelease(answer, target)).toBe(false);
  });
  it('an empty commit is nobody’s', () => {
    expect(isRelease('abcdef0', { tag: 'v1', sha: '' })).toBe(false);
  });
  it('reads the tag where the configuration says it is', () => {
    expect(readVersion('{"build":{"tag":"v1"}}', 'build.tag')).toBe('v1');
    expect(readVersion(' v1\n', undefined)).toBe('v1');
    for (const body of ['', '{"build":null}', '{"build":{"tag":7}}', 'not json', `{"build":{"tag":"${'v'.repeat(200)}"}}`])
      expect(readVersion(body, 'build.tag')).toBeUndefined();
    expect(readVersion('{}', 'constructor.name')).toBeUndefined();
  });
});

describe('what all replicas say together', () => {
  it('proven: all of them, and every one the target', () => {
    expect(identityOf(['v2.13.2', '2.13.2', 'abcdef0'], target)).toEqual({ kind: 'proven', tag: 'v2.13.2', asked: 3 });
  });
  it('one that does not answer is no proof', () => {
    expect(identityOf(['v2.13.2', undefined, 'v2.13.2'], target)).toEqual({ kind: 'silent', count: 1, asked: 3 });
  });
  it('one that runs something else is proof against it, whatever the others do', () => {
    expect(identityOf(['v2.14.0', 'v2.13.2', 'v2.14.0'], target)).toEqual({ kind: 'other', tag: 'v2.14.0', count: 2, asked: 3 });
    expect(identityOf([undefined, 'v2.14.0', undefined], target)).toEqual({ kind: 'other', tag: 'v2.14.0', count: 1, asked: 3 });
  });
  it('names the answer that most of the others gave', () => {
    expect(identityOf(['v1', 'v2.14.0', 'v2.14.0'], target)).toMatchObject({ tag: 'v2.14.0', count: 3 });
  });
  it('without a target: what all agree on, and otherwise nothing', () => {
    expect(identityOf(['v1', 'v1'], undefined)).toEqual({ kind: 'proven', tag: 'v1', asked: 2 });
    expect(identityOf(['v1', 'v2'], undefined)).toEqual({ kind: 'unknown' });
    expect(identityOf([undefined], undefined)).toEqual({ kind: 'silent', count: 1, asked: 1 });
  });
  it('nobody asked, nothing known', () => {
    expect(identityOf([], target)).toEqual({ kind: 'unknown' });
  });
});

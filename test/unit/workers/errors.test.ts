import { describe, expect, it } from 'vitest';
import { revive } from '../../../src/coordinator/failure.js';
import { MemberError } from '../../../src/engines/memberError.js';
import { EnsembleError } from '../../../src/errors.js';
import { reportError } from '../../../src/workers/errors.js';

describe('an error on its way to the coordinator', () => {
  it('is plain data that keeps code, message and stack', () => {
    const error = new EnsembleError('LOSS_NOT_FINITE', 'too large');
    const report = reportError(error, 'a');
    expect(structuredClone(report)).toEqual(report);
    expect(report).toMatchObject({ member: 'a', code: 'LOSS_NOT_FINITE', name: 'EnsembleError', message: 'too large' });
    expect(report.stack).toContain('errors.test.ts');
    expect(revive(report)).toMatchObject({ code: 'LOSS_NOT_FINITE', message: 'too large' });
  });

  it('names the member that an engine names, rather than all that were at work', () => {
    const report = reportError(new MemberError('b', new TypeError('no')), 'a, b');
    expect(report).toMatchObject({ member: 'b', code: null, name: 'TypeError', message: 'no' });
    const error = revive(report);
    expect(error).toMatchObject({ code: 'MEMBER_FAILED', message: 'Member "b" failed: no' });
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'no', stack: report.stack });
  });

  it('may be anything that was thrown', () => {
    expect(reportError('text', null)).toEqual({ member: null, code: null, name: 'Error', message: 'text', stack: '' });
    expect(revive(reportError(undefined, null)).message).toBe('A worker thread failed: undefined');
  });
});

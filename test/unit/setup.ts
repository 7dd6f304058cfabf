import fc from 'fast-check';

// A failure is the same in every run.
fc.configureGlobal({ seed: 20_261_124 });

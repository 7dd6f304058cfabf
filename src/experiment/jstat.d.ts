/** Types for the part of jstat that this project uses; jstat has no types. */
declare module 'jstat' {
  export const jStat: {
    readonly studentt: {
      /** Quantile of Student's t-distribution. */
      inv(probability: number, degreesOfFreedom: number): number;
    };
  };
}

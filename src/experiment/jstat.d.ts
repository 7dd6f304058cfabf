/** What is used of jstat, which has no types of its own. */
declare module 'jstat' {
  export const jStat: {
    readonly studentt: {
      /** Quantile of Student's t-distribution. */
      inv(probability: number, degreesOfFreedom: number): number;
    };
  };
}

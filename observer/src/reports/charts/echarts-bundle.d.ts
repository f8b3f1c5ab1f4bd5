/** The bundle has what the package has; only its types lie elsewhere. */
declare module "echarts/dist/echarts.esm.min.mjs" {
  export { type EChartsCoreOption, init } from "echarts";
}

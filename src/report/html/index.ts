/** HTML reports. They draw with vega, which takes a third of a second to load: import this only when one is asked for. */

export { rooflinePage } from './roofline-page.js';
export { type SourceAnswer, type TrafficPageData, trafficPage } from './traffic-page.js';
export { type ValidationPageOptions, validationPage } from './validation-page.js';

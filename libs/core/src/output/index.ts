export * from './output-place.js';

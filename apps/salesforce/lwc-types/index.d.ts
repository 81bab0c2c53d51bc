// A stand-in for the package of this name, which is not on the registry. It goes when an official one comes.
/// <reference types="@lwc/types" />
/// <reference types="@salesforce/lightning-types" />
/// <reference path="./salesforce.d.ts" />
/// <reference path="./lightning.d.ts" />

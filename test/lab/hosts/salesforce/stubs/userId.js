/** The running user. The lab's server signs for the same one: see assertion.ts. */
export default "0055g000001RepAAA";

export default mount(Asker);

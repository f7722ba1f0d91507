namespace Pellucid.Tests;
public class SmokeTests { [Fact] public void An_element_has_a_size() => Assert.Equal(4, Pellucid.Tensors.ElementTypes.Bytes(Pellucid.Tensors.ElementType.Float32)); }

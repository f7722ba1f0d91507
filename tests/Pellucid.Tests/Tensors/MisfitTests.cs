using Pellucid.Tensors;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests.Tensors;

/// <summary>Tensors that do not fit each other are refused with both shapes, before anything is computed.</summary>
public sealed class MisfitTests
{
    private static readonly string[] Names =
        ["Linear", "Linear, transposed", "a bias", "LinearActivate", "LinearGate", "AddLinear", "Gate",
            "Add", "a gain", "RmsNorm", "targets"];

    public static TheoryData<string> Operations => [.. Names];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Both_shapes_are_named(string name)
    {
        using var backend = new ReferenceBackend();
        using var arena = new Arena(backend);
        var operations = new Operations(backend, arena);
        Tensor New(params ReadOnlySpan<int> sizes) => arena.Allocate(Shape.Of(sizes));
        var (x, left, right) = (New(2, 3), new Shape(2, 3), new Shape(2, 3));
        Action compute;
        switch (Array.IndexOf(Names, name))
        {
            case 0: (compute, right) = (() => operations.Linear(x, New(4, 5)), new Shape(4, 5)); break;
            case 1: (compute, right) = (() => operations.Linear(x, New(3, 5), transposed: true), new Shape(3, 5)); break;
            case 2: (compute, left, right) = (() => operations.Linear(x, New(3, 5), New(4)), new Shape(3, 5), new Shape(4)); break;
            case 3: (compute, right) = (() => operations.LinearActivate(x, New(4, 5), default, Nonlinearity.Relu), new Shape(4, 5)); break;
            case 4:
                (compute, right) = (() => operations.LinearGate(x, x, New(3, 5), default, Nonlinearity.Relu), new Shape(2, 5));
                break;
            case 5: (compute, right) = (() => operations.AddLinear(x, x, New(3, 5), default, 0, 0), new Shape(2, 5)); break;
            case 6: (compute, right) = (() => operations.Gate(x, New(2, 4), Nonlinearity.Relu), new Shape(2, 4)); break;
            case 7: (compute, right) = (() => operations.Add(x, New(3, 3)), new Shape(3, 3)); break;
            case 8: (compute, right) = (() => operations.LayerNorm(x, New(4), default, 1e-5f), new Shape(4)); break;
            case 9: (compute, right) = (() => operations.RmsNorm(x, New(2), 1e-5f), new Shape(2)); break;
            default:
                (compute, right) = (() => operations.TokenLogProbabilities(x, New(5, 3), arena.Allocate(new Shape(3), ElementType.Int32)),
                    new Shape(3));
                break;
        }
        var complaint = Assert.Throws<ArgumentException>(compute).Message;
        Assert.EndsWith($"their shapes are {left} and {right}", complaint, StringComparison.Ordinal);
    }
}

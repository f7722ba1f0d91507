namespace Pellucid.Tensors;

// What does not fit is refused here, before a kernel reads beyond the end of it.
public sealed partial class Operations
{
    private static Shape Product(Tensor x, Tensor weight, Tensor bias, bool transposed = false)
    {
        if (weight.Shape.Rank != 2 || x.Columns != weight.Shape[transposed ? 1 : 0])
            throw Misfit(transposed ? "rows and the table that reads them" : "rows and the weight that multiplies them", x, weight);
        var outputs = weight.Shape[transposed ? 0 : 1];
        if (!bias.IsEmpty && bias.Count != outputs)
            throw Misfit("a weight and its bias", weight, bias);
        return x.Shape.WithColumns(outputs);
    }

    private static void RequireSame(string what, Tensor left, Tensor right)
    {
        if (left.Shape != right.Shape)
            throw Misfit(what, left, right);
    }

    private static void RequireColumns(string what, Tensor x, Tensor vector)
    {
        if (!vector.IsEmpty && vector.Count != x.Columns)
            throw Misfit(what, x, vector);
    }

    private static void RequireTargets(Tensor x, Tensor table, Tensor targets)
    {
        _ = Product(x, table, default, transposed: true);
        if (targets.Count != x.Rows)
            throw Misfit("rows and their targets", x, targets);
    }

    private static ArgumentException Misfit(string what, Tensor left, Tensor right) =>
        new($"{what} do not fit each other: their shapes are {left.Shape} and {right.Shape}");
}

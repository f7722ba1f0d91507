namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void Linear(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination, in Epilogue epilogue = default)
    {
        if (weight.Type == x.Type)
            LinearPlain(x, weight, transposed, bias, destination);
        else
            LinearStored(x, weight, transposed, bias, destination);
        Finish(epilogue, destination);
    }

    private static void LinearPlain(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination)
    {
        var (R, K, N) = (x.Rows, x.Columns, destination.Columns);
        var (vx, w, y) = (new Elements(x), new Elements(weight), new Elements(destination));
        for (var r = 0; r < R; r++)
        for (var n = 0; n < N; n++)
        {
            var sum = 0.0;
            for (var k = 0; k < K; k++)
                sum += vx[(long)r * K + k] * w[transposed ? (long)n * K + k : (long)k * N + n];
            y[(long)r * N + n] = bias.IsEmpty ? sum : sum + new Elements(bias)[n];
        }
    }

    internal override void LinearBackwardInput(Tensor gradient, Tensor weight, bool transposed, Tensor xGradient, bool accumulate,
        in Epilogue epilogue = default)
    {
        var (R, K, N) = (xGradient.Rows, xGradient.Columns, gradient.Columns);
        var (dy, dx) = (new Elements(gradient), new Elements(xGradient));
        for (var r = 0; r < R; r++)
        for (var k = 0; k < K; k++)
        {
            var sum = 0.0;
            for (var n = 0; n < N; n++)
                sum += dy[(long)r * N + n] * WeightElement(weight, transposed, k, n);
            dx.Put((long)r * K + k, sum, accumulate);
        }
        Finish(epilogue, xGradient);
    }

    internal override void LinearBackwardWeight(Tensor gradient, Tensor x, bool transposed, Tensor weightGradient, bool accumulate,
        Tensor biasGradient = default, bool accumulateBias = false)
    {
        var (R, K, N) = (x.Rows, x.Columns, gradient.Columns);
        var (dy, vx) = (new Elements(gradient), new Elements(x));
        for (var k = 0; k < K && !weightGradient.IsEmpty; k++)
        for (var n = 0; n < N; n++)
        {
            var sum = 0.0;
            for (var r = 0; r < R; r++)
                sum += vx[(long)r * K + k] * dy[(long)r * N + n];
            new Elements(weightGradient).Put(transposed ? (long)n * K + k : (long)k * N + n, sum, accumulate);
        }
        for (var n = 0; n < N && !biasGradient.IsEmpty; n++)
        {
            var sum = 0.0;
            for (var r = 0; r < R; r++)
                sum += dy[(long)r * N + n];
            new Elements(biasGradient).Put(n, sum, accumulateBias);
        }
    }

    private void Finish(in Epilogue epilogue, Tensor product)
    {
        var other = epilogue.Other;
        switch (epilogue.Kind)
        {
            case EpilogueKind.Activate:
                if (!other.IsEmpty)
                {
                    Fill(other, 1);
                    ActivateBackward(other, product, epilogue.Nonlinearity, other, accumulate: false);
                }
                Activate(product, epilogue.Nonlinearity, product);
                break;
            case EpilogueKind.Gate:
                Gate(other, product, epilogue.Nonlinearity, product);
                break;
            case EpilogueKind.MultiplyBy:
                for (var i = 0L; i < product.Count; i++)
                    new Elements(product)[i] *= new Elements(other)[i];
                break;
            case EpilogueKind.AddTo:
                if (epilogue.Probability > 0)
                    Dropout(product, epilogue.Probability, epilogue.Random, product, accumulate: false);
                Add(other, product, product);
                break;
        }
    }
}

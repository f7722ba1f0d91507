namespace Pellucid.Tensors;

public abstract partial class Backend
{
    /// <summary>destination = left + right.</summary>
    internal abstract void Add(Tensor left, Tensor right, Tensor destination);

    /// <summary>destination += left · right, element by element.</summary>
    internal abstract void MultiplyAdd(Tensor left, Tensor right, Tensor destination);

    /// <summary>destination += factor · source.</summary>
    internal abstract void AddScaled(Tensor source, float factor, Tensor destination);

    /// <summary>destination = factor · x.</summary>
    internal abstract void Scale(Tensor x, float factor, Tensor destination);

    /// <summary>destination = cap · tanh(x / cap), element by element.</summary>
    internal abstract void SoftCap(Tensor x, float cap, Tensor destination);

    /// <summary>xGradient from gradient and y = the result of <see cref="SoftCap"/>: gradient · (1 − (y / cap)²).</summary>
    internal abstract void SoftCapBackward(Tensor gradient, Tensor y, float cap, Tensor xGradient, bool accumulate);

    /// <summary>destination = f(x), element by element.</summary>
    internal abstract void Activate(Tensor x, Nonlinearity nonlinearity, Tensor destination);

    /// <summary>xGradient from gradient and x: gradient · f'(x).</summary>
    internal abstract void ActivateBackward(Tensor gradient, Tensor x, Nonlinearity nonlinearity, Tensor xGradient, bool accumulate);

    /// <summary>destination = f(gate) · up, element by element.</summary>
    internal abstract void Gate(Tensor gate, Tensor up, Nonlinearity nonlinearity, Tensor destination);

    /// <summary>gateGradient from gradient · up · f'(gate), upGradient from gradient · f(gate); either is skipped when empty.</summary>
    internal abstract void GateBackward(Tensor gradient, Tensor gate, Tensor up, Nonlinearity nonlinearity,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp);

    /// <summary>destination = x / (1 − probability) where the counter-based random number of the element keeps it, else 0;
    /// its own backward.</summary>
    internal abstract void Dropout(Tensor x, float probability, RandomStream random, Tensor destination, bool accumulate);
}

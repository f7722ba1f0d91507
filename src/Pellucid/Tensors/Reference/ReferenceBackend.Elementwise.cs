namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void Add(Tensor left, Tensor right, Tensor destination)
    {
        var (a, b, y) = (new Elements(left), new Elements(right), new Elements(destination));
        for (var i = 0L; i < destination.Count; i++)
            y[i] = a[i] + b[i];
    }

    internal override void MultiplyAdd(Tensor left, Tensor right, Tensor destination)
    {
        var (a, b, y) = (new Elements(left), new Elements(right), new Elements(destination));
        for (var i = 0L; i < destination.Count; i++)
            y[i] += a[i] * b[i];
    }

    internal override void AddScaled(Tensor source, float factor, Tensor destination)
    {
        var (x, y) = (new Elements(source), new Elements(destination));
        for (var i = 0L; i < destination.Count; i++)
            y[i] += factor * x[i];
    }

    internal override void Scale(Tensor x, float factor, Tensor destination)
    {
        var (vx, y) = (new Elements(x), new Elements(destination));
        for (var i = 0L; i < x.Count; i++)
            y[i] = factor * vx[i];
    }

    internal override void SoftCap(Tensor x, float cap, Tensor destination)
    {
        var (vx, y) = (new Elements(x), new Elements(destination));
        for (var i = 0L; i < x.Count; i++)
            y[i] = cap * Math.Tanh(vx[i] / cap);
    }

    internal override void SoftCapBackward(Tensor gradient, Tensor y, float cap, Tensor xGradient, bool accumulate)
    {
        var (dy, vy, dx) = (new Elements(gradient), new Elements(y), new Elements(xGradient));
        for (var i = 0L; i < y.Count; i++)
            dx.Put(i, dy[i] * (1 - vy[i] / cap * (vy[i] / cap)), accumulate);
    }

    internal override void Activate(Tensor x, Nonlinearity nonlinearity, Tensor destination)
    {
        var (vx, y) = (new Elements(x), new Elements(destination));
        for (var i = 0L; i < x.Count; i++)
            y[i] = ValueAt(vx[i], nonlinearity);
    }

    internal override void ActivateBackward(Tensor gradient, Tensor x, Nonlinearity nonlinearity, Tensor xGradient, bool accumulate)
    {
        var (dy, vx, dx) = (new Elements(gradient), new Elements(x), new Elements(xGradient));
        for (var i = 0L; i < x.Count; i++)
            dx.Put(i, dy[i] * SlopeAt(vx[i], nonlinearity), accumulate);
    }

    internal override void Gate(Tensor gate, Tensor up, Nonlinearity nonlinearity, Tensor destination)
    {
        var (a, b, y) = (new Elements(gate), new Elements(up), new Elements(destination));
        for (var i = 0L; i < up.Count; i++)
            y[i] = ValueAt(a[i], nonlinearity) * b[i];
    }

    internal override void GateBackward(Tensor gradient, Tensor gate, Tensor up, Nonlinearity nonlinearity,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp)
    {
        var (dy, a, b) = (new Elements(gradient), new Elements(gate), new Elements(up));
        for (var i = 0L; i < up.Count; i++)
        {
            if (!gateGradient.IsEmpty)
                new Elements(gateGradient).Put(i, dy[i] * b[i] * SlopeAt(a[i], nonlinearity), accumulateGate);
            if (!upGradient.IsEmpty)
                new Elements(upGradient).Put(i, dy[i] * ValueAt(a[i], nonlinearity), accumulateUp);
        }
    }

    internal override void Dropout(Tensor x, float probability, RandomStream random, Tensor destination, bool accumulate)
    {
        var (vx, y) = (new Elements(x), new Elements(destination));
        for (var i = 0L; i < x.Count; i++)
        {
            var kept = CounterRandom.Uniform(random.Seed, random.Purpose, random.Step, (ulong)i) >= probability;
            y.Put(i, kept ? vx[i] / (1 - probability) : 0, accumulate);
        }
    }
}

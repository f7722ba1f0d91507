namespace Pellucid.Tensors.Reference;

public sealed unsafe partial class ReferenceBackend
{
    internal override void ChooseColumns(Tensor scores, Tensor chosen)
    {
        var (E, k, s) = (scores.Columns, chosen.Columns, new Elements(scores));
        for (var r = 0; r < scores.Rows; r++)
        {
            double At(int e) => double.IsNaN(s[(long)r * E + e]) ? double.NegativeInfinity : s[(long)r * E + e];
            var best = Enumerable.Range(0, E).OrderByDescending(At).Take(k).Order().ToArray(); // which leaves equals in their order
            best.CopyTo(new Span<int>(chosen.Integers + (long)r * k, k));
        }
    }

    internal override void GroupByChoice(Tensor chosen, Tensor sources, Tensor places, Tensor starts)
    {
        var (k, E) = (chosen.Columns, (int)starts.Count - 1);
        var choices = chosen.Integers;
        var start = new Span<int>(starts.Integers, E + 1);
        start.Clear();
        for (var i = 0L; i < chosen.Count; i++)
            start[choices[i] + 1]++;
        for (var e = 0; e < E; e++)
            start[e + 1] += start[e];
        // Counted up while rows are dealt out, each start becomes that of the next; moving them back sets them right.
        for (var i = 0; i < chosen.Count; i++)
        {
            var place = start[choices[i]]++;
            (sources.Integers[place], places.Integers[i]) = (i / k, place);
        }
        start[..E].CopyTo(start[1..]);
        start[0] = 0;
    }

    internal override void SelectColumns(Tensor x, Tensor columns, Tensor destination)
    {
        var (vx, y, k) = (new Elements(x), new Elements(destination), columns.Columns);
        for (var i = 0L; i < columns.Count; i++)
            y[i] = vx[i / k * x.Columns + columns.Integers[i]];
    }

    internal override void SelectColumnsBackward(Tensor gradient, Tensor columns, Tensor xGradient)
    {
        var (dy, dx, k) = (new Elements(gradient), new Elements(xGradient), columns.Columns);
        for (var i = 0L; i < columns.Count; i++)
            dx[i / k * xGradient.Columns + columns.Integers[i]] += dy[i];
    }

    internal override void MixRows(Tensor x, Tensor places, Tensor weights, Tensor destination)
    {
        var (C, k) = (x.Columns, places.Columns);
        var (vx, w, y) = (new Elements(x), new Elements(weights), new Elements(destination));
        for (var r = 0L; r < destination.Rows; r++)
        for (var c = 0; c < C; c++)
        {
            var sum = 0.0;
            for (var i = r * k; i < (r + 1) * k; i++)
                sum += w[i] * vx[(long)places.Integers[i] * C + c];
            y[r * C + c] = sum;
        }
    }

    internal override void MixRowsBackward(Tensor gradient, Tensor x, Tensor places, Tensor weights, Tensor xGradient, bool accumulateX,
        Tensor weightsGradient, bool accumulateWeights)
    {
        var (C, k) = (x.Columns, places.Columns);
        var (dy, vx, w) = (new Elements(gradient), new Elements(x), new Elements(weights));
        for (var i = 0L; i < places.Count; i++)
        {
            var (row, place, sum) = (i / k * C, (long)places.Integers[i] * C, 0.0);
            for (var c = 0; c < C; c++)
                sum += dy[row + c] * vx[place + c];
            for (var c = 0; c < C && !xGradient.IsEmpty; c++)
                new Elements(xGradient).Put(place + c, w[i] * dy[row + c], accumulateX);
            if (!weightsGradient.IsEmpty)
                new Elements(weightsGradient).Put(i, sum, accumulateWeights);
        }
    }

    internal override void ClampedGate(Tensor gate, Tensor up, float slope, float limit, Tensor destination)
    {
        var (a, b, y) = (new Elements(gate), new Elements(up), new Elements(destination));
        for (var i = 0L; i < up.Count; i++)
        {
            var g = Math.Min(a[i], limit);
            y[i] = g * Logistic(slope * g) * (Math.Clamp(b[i], -limit, limit) + 1);
        }
    }

    internal override void ClampedGateBackward(Tensor gradient, Tensor gate, Tensor up, float slope, float limit,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp)
    {
        var (dy, a, b) = (new Elements(gradient), new Elements(gate), new Elements(up));
        for (var i = 0L; i < up.Count; i++)
        {
            var (g, u) = (Math.Min(a[i], limit), Math.Clamp(b[i], -limit, limit));
            var open = Logistic(slope * g);
            if (!gateGradient.IsEmpty)
                new Elements(gateGradient).Put(i,
                    a[i] > limit ? 0 : dy[i] * (u + 1) * open * (1 + slope * g * Logistic(-slope * g)), accumulateGate);
            if (!upGradient.IsEmpty)
                new Elements(upGradient).Put(i, Math.Abs(b[i]) > limit ? 0 : dy[i] * g * open, accumulateUp);
        }
    }
}

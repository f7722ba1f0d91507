using Pellucid.Looking.Features;

namespace Pellucid.Tests.Looking.Features;

/// <summary>The loss that features are learned by, in plain loops of double precision.</summary>
internal sealed class PlainDictionary(FeatureDictionary dictionary, int k)
{
    private readonly Dictionary<string, double[]> _parameters = dictionary.Parameters.Names
        .ToDictionary(name => name, name => dictionary.Values(name).Select(value => (double)value).ToArray());

    private readonly int _width = dictionary.Config.Width, _features = dictionary.Config.Features;

    /// <summary>Parameters by name, to change.</summary>
    public double[] this[string name] => _parameters[name];

    /// <summary>What is missing of every row, target less what is written.</summary>
    public double[] Missing(float[] rows)
    {
        var missing = new double[rows.Length];
        for (var row = 0; row < rows.Length / _width; row++)
        {
            var f = Fire(Encode(rows, row), _ => true, k, least: 0);
            for (var i = 0; i < _width; i++)
                missing[row * _width + i] = rows[row * _width + i] - Written(f, i) - this["b_dec"][i];
        }
        return missing;
    }

    /// <summary>Mean square of what is missing, and with <paramref name="frozen"/> the auxiliary loss of the dead ones on it.</summary>
    public double Loss(float[] rows, bool[] dead, double[]? frozen)
    {
        var loss = Missing(rows).Sum(value => value * value) / rows.Length;
        if (frozen is null)
            return loss;
        var auxiliary = 0.0;
        for (var row = 0; row < rows.Length / _width; row++)
        {
            var f = Fire(Encode(rows, row), feature => dead[feature], _width / 2, double.NegativeInfinity);
            for (var i = 0; i < _width; i++)
                auxiliary += Math.Pow(Written(f, i) - frozen[row * _width + i], 2);
        }
        return loss + auxiliary / 32 / frozen.Sum(value => value * value);
    }

    private double[] Encode(float[] rows, int row)
    {
        var h = new double[_features];
        for (var feature = 0; feature < _features; feature++)
        {
            h[feature] = this["b_enc"][feature];
            for (var i = 0; i < _width; i++)
                h[feature] += rows[row * _width + i] * this["W_enc"][i * _features + feature];
        }
        return h;
    }

    private double[] Fire(double[] h, Func<int, bool> among, int count, double least)
    {
        if (_parameters.TryGetValue("threshold", out var thresholds))
            return [.. h.Select((value, feature) => value > thresholds[feature] ? value : 0)];
        var kept = Enumerable.Range(0, _features).Where(among).OrderByDescending(feature => h[feature]).Take(count).ToHashSet();
        return [.. h.Select((value, feature) => kept.Contains(feature) ? Math.Max(value, least) : 0)];
    }

    private double Written(double[] f, int i)
    {
        var sum = 0.0;
        for (var feature = 0; feature < _features; feature++)
            sum += f[feature] * this["W_dec"][feature * _width + i];
        return sum;
    }
}

using Pellucid.Tensors;

namespace Pellucid.Models.Adapters;

/// <summary>An adapter worked into the weights of its model, so that they do alone what both did.</summary>
public static class AdapterMerge
{
    /// <summary>
    /// A model of its own with merged weights, each computed in double precision, rounded to single, and once more where it is stored
    /// in fewer bits.
    /// </summary>
    /// <param name="gpt">The model, its weights as they are.</param>
    /// <param name="adapter">Its adapter.</param>
    /// <param name="weights">How weights are stored, if not as Float32.</param>
    /// <exception cref="NotSupportedException">The adapter has what the model's files have no place for.</exception>
    public static Gpt Merge(Gpt gpt, Adapter adapter, ElementType? weights = null)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(adapter);
        if (adapter.Config.HasHead)
            throw new NotSupportedException("this adapter is a reward model's, whose head has no place in a model that writes");
        // Where tokens and output share a table, and one of them alone is changed, they are two from now on.
        var parts = gpt.Config.TiedOutput && adapter.Tables.Any(table => table.Role != ParameterRole.PositionTable);
        var merged = new Gpt(parts ? gpt.Config with { TiedOutput = false } : gpt.Config, gpt.Backend, weights: weights);
        try
        {
            for (var index = 0; index < merged.Layout.Count; index++)
                merged.Parameters.Write(index, Merged(gpt, adapter, merged.Layout[index]));
            return merged;
        }
        catch
        {
            merged.Dispose();
            throw;
        }
    }

    // Values of a parameter of the merged model, with the adapter in them.
    private static float[] Merged(Gpt gpt, Adapter adapter, Parameter parameter)
    {
        var (values, index) = (new float[parameter.Shape.Count], parameter.Role == ParameterRole.OutputTable && gpt.Config.TiedOutput
            ? gpt.IndexOf(ParameterRole.TokenTable) : gpt.IndexOf(parameter.Role, parameter.Layer, parameter.Expert));
        gpt.Parameters.Read(index, values);
        foreach (var (original, copy) in adapter.Copies)
            if (original == index)
                values = adapter.Read(copy);
        foreach (var tokens in adapter.Tokens)
            if (tokens.IsOf(parameter.Role, gpt.Config.TiedOutput))
                tokens.Put(values, adapter.Read(tokens.Rows));
        foreach (var table in adapter.Tables)
            if (table.Role == parameter.Role)
                table.AddTo(values, adapter.Read(table.Down), adapter.Read(table.Up), adapter.ShapeOf(table.Up)[0]);
        foreach (var layer in adapter.Layers)
        {
            var weight = gpt.Layout[layer.Module.Weight];
            if (layer.Module.Weight == index)
                MergeWeight(values, weight.Shape.Columns, layer, adapter);
            if (layer.Bias is not { } bias)
                continue;
            var role = AdaptedModule.BiasOf(weight.Role);
            if (role is null || gpt.Find(role.Value, weight.Layer).IsEmpty)
                throw new NotSupportedException($"'lora_bias' of {layer.Module.Name} cannot be merged: the model has no bias there");
            if (parameter.Role == role && parameter.Layer == weight.Layer)
                MergeBias(values.AsSpan(layer.Module.FirstColumn, layer.Module.Columns), layer, adapter.Read(bias), adapter);
        }
        return values;
    }

    private static void MergeWeight(Span<float> weight, int width, AdaptedLayer layer, Adapter adapter)
    {
        layer.AddTo(weight, width, adapter.Read(layer.A), adapter.Read(layer.B));
        if (layer.Magnitude is null)
            return;
        var ratios = Ratios(layer, adapter);
        for (var row = 0; row < weight.Length / width; row++)
            for (var column = 0; column < layer.Module.Columns; column++)
                weight[row * width + layer.Module.FirstColumn + column] *= ratios[column];
    }

    // What B adds itself is scaled as the rest of it is.
    private static void MergeBias(Span<float> bias, AdaptedLayer layer, float[] added, Adapter adapter)
    {
        var ratios = layer.Magnitude is null ? null : Ratios(layer, adapter);
        for (var i = 0; i < bias.Length; i++)
            bias[i] += (float)(layer.Scale * added[i] * (ratios?[i] ?? 1));
    }

    private static float[] Ratios(AdaptedLayer layer, Adapter adapter) =>
        [.. adapter.Read(layer.Magnitude!.Value).Zip(adapter.Read(layer.Norm!.Value), (length, norm) => length / norm)];
}

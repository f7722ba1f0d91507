using System.Text.Json;
using Pellucid.Files;
using Pellucid.Models.Families;

namespace Pellucid.Models.Adapters;

/// <summary>PEFT's <c>adapter_config.json</c>: each field is used, changes nothing, or is refused by its name.</summary>
internal static class AdapterConfigFile
{
    private const string CausalTask = "CAUSAL_LM", ScoreTask = "SEQ_CLS";

    /// <exception cref="InvalidDataException">It names file, field and value.</exception>
    public static AdapterConfig Read(string path)
    {
        try
        {
            var fields = ConfigFields.Parse(File.ReadAllBytes(path));
            var config = Read(fields);
            fields.RequireAllUnderstood("an adapter knows no such field, so what it changes cannot be computed");
            config.Validate();
            return config;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private static AdapterConfig Read(ConfigFields fields)
    {
        // Where it came from, how it was begun, and what tells the storage order of a weight that the model's family knows itself.
        fields.Harmless("auto_mapping", "base_model_name_or_path", "revision", "peft_version", "inference_mode", "init_lora_weights",
            "fan_in_fan_out", "megatron_core", "qalora_group_size", "runtime_config", "ensure_weight_tying");
        fields.MustBeOff("alora_invocation_tokens", "arrow_config", "corda_config", "eva_config", "kasa_config", "layer_replication",
            "loftq_config", "lora_ga_config", "megatron_config", "monteclora_config", "target_parameters", "use_bdlora", "use_qalora",
            "velora_config", "layers_pattern");
        if (fields.Text("peft_type") is not (null or "LORA"))
            throw fields.Refusal("peft_type", "LORA");
        var task = fields.Text("task_type");
        if (task is not (null or CausalTask or ScoreTask))
            throw fields.Refusal("task_type", $"{CausalTask} or {ScoreTask}");
        return new AdapterConfig
        {
            Rank = fields.Integer("r") ?? 8,
            Alpha = fields.Number("lora_alpha") ?? 8,
            RankPatterns = Patterns(fields, "rank_pattern", (within, name) => within.Integer(name)!.Value),
            AlphaPatterns = Patterns(fields, "alpha_pattern", (within, name) => within.Number(name)!.Value),
            Targets = Names(fields, "target_modules") ?? throw new FormatException("'target_modules' is missing"),
            Excluded = Names(fields, "exclude_modules"),
            Layers = Integers(fields, "layers_to_transform"),
            RankStabilised = fields.Truth("use_rslora") ?? false,
            Dora = fields.Truth("use_dora") ?? false,
            HasBias = fields.Truth("lora_bias") ?? false,
            Dropout = (float)(fields.Number("lora_dropout") ?? 0),
            Biases = fields.Text("bias") switch
            {
                null or "none" => AdapterBiases.None,
                "lora_only" => AdapterBiases.LoraOnly,
                "all" => AdapterBiases.All,
                _ => throw fields.Refusal("bias", "none, lora_only or all"),
            },
            Saved = [.. (Texts(fields, "modules_to_save") ?? []).Where(name => task != ScoreTask || name is not ("score" or "classifier"))],
            TrainedTokens = Tokens(fields),
            HasHead = task == ScoreTask,
            BaseModel = fields.Value("base_model_name_or_path")?.GetString(),
        };
    }

    public static void Write(string path, AdapterConfig config, bool isTransposed) => SafeFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        WritePatterns(json, "alpha_pattern", config.AlphaPatterns, static (json, value) => json.WriteNumberValue(value));
        json.WriteString("base_model_name_or_path", config.BaseModel);
        json.WriteString("bias", config.Biases switch
        {
            AdapterBiases.None => "none",
            AdapterBiases.LoraOnly => "lora_only",
            _ => "all",
        });
        WriteNames(json, "exclude_modules", config.Excluded);
        json.WriteBoolean("fan_in_fan_out", isTransposed);
        json.WriteBoolean("inference_mode", true);
        WriteList(json, "layers_to_transform", config.Layers, static (json, layer) => json.WriteNumberValue(layer));
        json.WriteNumber("lora_alpha", config.Alpha);
        json.WriteBoolean("lora_bias", config.HasBias);
        json.WriteNumber("lora_dropout", config.Dropout);
        WriteList(json, "modules_to_save", config.HasHead ? ["score", .. config.Saved] : config.Saved.Count == 0 ? null : config.Saved,
            static (json, name) => json.WriteStringValue(name));
        json.WriteString("peft_type", "LORA");
        json.WriteNumber("r", config.Rank);
        WritePatterns(json, "rank_pattern", config.RankPatterns, static (json, value) => json.WriteNumberValue(value));
        WriteNames(json, "target_modules", config.Targets);
        json.WriteString("task_type", config.HasHead ? ScoreTask : CausalTask);
        WriteTokens(json, config.TrainedTokens);
        json.WriteBoolean("use_dora", config.Dora);
        json.WriteBoolean("use_rslora", config.RankStabilised);
        json.WriteEndObject();
    });

    private static KeyValuePair<string, T>[] Patterns<T>(ConfigFields fields, string name, Func<ConfigFields, string, T> read) =>
        fields.Object(name) is { } within ? [.. within.Names.Select(key => KeyValuePair.Create(key, read(within, key)))] : [];

    private static ModuleNames? Names(ConfigFields fields, string name) => fields.Value(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? ModuleNames.Of(value.GetString()!) : ModuleNames.Of(Texts(fields, name)!);

    private static string[]? Texts(ConfigFields fields, string name)
    {
        if (fields.Value(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
            throw fields.Refusal(name, "a list of names");
        return [.. value.EnumerateArray().Select(item => item.GetString()!)];
    }

    private static int[]? Integers(ConfigFields fields, string name)
    {
        if (fields.Value(name) is not { } value)
            return null;
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return [.. items.Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var layer) ? layer
            : throw fields.Refusal(name, "a layer or a list of layers"))];
    }

    // A list is of the table of tokens; else there is one for each table.
    private static KeyValuePair<string, IReadOnlyList<int>>[] Tokens(ConfigFields fields)
    {
        const string name = "trainable_token_indices";
        int[] Ids(JsonElement list) => list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) ? id
                : throw fields.Refusal(name, "numbers of tokens"))]
            : throw fields.Refusal(name, "a list of tokens, or one for each table");
        return fields.Value(name) is not { } value ? []
            : value.ValueKind == JsonValueKind.Object
                ? [.. value.EnumerateObject().Select(each => KeyValuePair.Create(each.Name, (IReadOnlyList<int>)Ids(each.Value)))]
                : [KeyValuePair.Create("", (IReadOnlyList<int>)Ids(value))];
    }

    private static void WriteTokens(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, IReadOnlyList<int>>> tokens)
    {
        const string name = "trainable_token_indices";
        if (tokens.Count == 0 || tokens[0].Key.Length == 0)
        {
            WriteList(json, name, tokens.Count == 0 ? null : tokens[0].Value, static (json, id) => json.WriteNumberValue(id));
            return;
        }
        json.WriteStartObject(name);
        foreach (var (table, ids) in tokens)
            WriteList(json, table, ids, static (json, id) => json.WriteNumberValue(id));
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string field, ModuleNames? names)
    {
        if (names?.Expression is { } expression)
            json.WriteString(field, expression);
        else
            WriteList(json, field, names?.List, static (json, name) => json.WriteStringValue(name));
    }

    private static void WriteList<T>(Utf8JsonWriter json, string field, IReadOnlyList<T>? list, Action<Utf8JsonWriter, T> write)
    {
        if (list is null)
        {
            json.WriteNull(field);
            return;
        }
        json.WriteStartArray(field);
        foreach (var item in list)
            write(json, item);
        json.WriteEndArray();
    }

    private static void WritePatterns<T>(Utf8JsonWriter json, string field, IReadOnlyList<KeyValuePair<string, T>> patterns,
        Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject(field);
        foreach (var (pattern, value) in patterns)
        {
            json.WritePropertyName(pattern);
            write(json, value);
        }
        json.WriteEndObject();
    }
}
